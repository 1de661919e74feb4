; SPDX-License-Identifier: GPL-2.0-or-later
;
; What a boot loader takes for a Linux kernel (boot protocol 2.10): its setup code reports on COM1
; what it was given, looks at both ends of the kernel and at the initial RAM disk in high memory,
; and powers off by ACPI.
        bits    16
        org     0

COM1            equ     0x3f8
PM1_CNT         equ     0x604
SLP_EN_S5       equ     0x2000
BUFFER          equ     0x3000          ; segment of a buffer
CHUNK           equ     512

        times   0x1f1 - ($ - $$) db 0
        db      2                       ; setup sectors
        dw      0
        dd      (kernel_end - kernel) / 16
        dw      0, 0xffff, 0
        dw      0xaa55
        jmp     short start
        db      "HdrS"
        dw      0x20a
        dd      0
        dw      0, 0
        db      0                       ; loader
        db      1                       ; loaded high
        dw      0x8000
        dd      0x100000
ramdisk: dd     0
ramdisk_size: dd 0
        dd      0
heap_end: dw    0
        dw      0
cmdline: dd     0
        dd      0x7fffffff              ; highest address of the RAM disk
        dd      0x1000
        db      0, 0
        dw      0
cmdline_size: dd 255
        times   0x258 - ($ - $$) db 0
        dq      0x100000                ; preferred address
        dd      0x100000                ; memory while unpacking

start:  mov     bx, cs
        sub     bx, 0x20                ; where the boot sector is
        mov     ax, ds
        cmp     ax, bx
        jne     .segment
        mov     ax, ss
        cmp     ax, bx
        je      .stack
.segment:
        mov     ds, bx
        mov     si, bad_segment
        jmp     fail
.stack: sti
        mov     si, hello
        call    print
        mov     eax, [cmdline]
        ror     eax, 4
        mov     es, ax
        shr     eax, 28
        mov     di, ax
.char:  mov     al, [es:di]
        inc     di
        test    al, al
        jz      .kernel
        call    put
        jmp     .char
.kernel:
        mov     si, newline
        call    print

        mov     eax, 0x100000
        mov     di, kernel_mark
        mov     si, bad_kernel
        call    look
        mov     eax, 0x100000 + kernel_end - kernel - CHUNK
        mov     di, end_mark
        mov     si, bad_end
        call    look
        cmp     dword [ramdisk_size], 0
        je      .done
        mov     eax, [ramdisk]
        mov     di, ramdisk_mark
        mov     si, bad_ramdisk
        call    look
        mov     si, ramdisk_ok
        call    print
.done:  mov     si, ok
        call    print
        mov     dx, PM1_CNT
        mov     ax, SLP_EN_S5
        out     dx, ax
        jmp     halt

; memory at eax begins with the 8 bytes at di, or the message si is the end
look:   push    si
        push    di
        mov     di, source
        call    address
        mov     eax, BUFFER << 4
        mov     di, target
        call    address
        push    ds
        pop     es
        mov     si, gdt
        mov     cx, CHUNK / 2
        mov     ah, 0x87                ; BIOS: move a block of extended memory
        int     0x15
        pop     si                      ; the mark
        jc      .bad
        mov     ax, BUFFER
        mov     es, ax
        xor     di, di
        mov     cx, 8
        repe    cmpsb
        jne     .bad
        pop     si
        ret
.bad:   pop     si
fail:   call    print
halt:   cli
        hlt
        jmp     halt

; base of the descriptor di
address:
        mov     [di + 2], ax
        shr     eax, 16
        mov     [di + 4], al
        mov     [di + 7], ah
        ret

print:  mov     al, [si]
        inc     si
        test    al, al
        jz      .end
        call    put
        jmp     print
.end:   ret

put:    push    ax
        mov     dx, COM1 + 5
.wait:  in      al, dx
        test    al, 0x20
        jz      .wait
        pop     ax
        mov     dx, COM1
        out     dx, al
        ret

hello:          db      "linux: cmdline=", 0
newline:        db      10, 0
ramdisk_ok:     db      "linux: initrd found", 10, 0
ok:             db      "linux: ok", 10, 0
bad_segment:    db      "linux: wrong segments", 10, 0
bad_kernel:     db      "linux: kernel not at 1 MiB", 10, 0
bad_end:        db      "linux: kernel cut off", 10, 0
bad_ramdisk:    db      "linux: initrd not found", 10, 0
kernel_mark:    db      "kernel 1"
end_mark:       db      "kernel 2"
ramdisk_mark:   db      "ramdisk!"

        align   8
gdt:    dq      0, 0
source: dw      0xffff, 0
        db      0, 0x93, 0, 0
target: dw      0xffff, 0
        db      0, 0x93, 0, 0
        dq      0, 0

        times   3 * 512 - ($ - $$) db 0
kernel: db      "kernel 1"
        times   100000 - ($ - kernel) db 0x5a
        db      "kernel 2"
        times   CHUNK - 8 db 0xa5
kernel_end:
