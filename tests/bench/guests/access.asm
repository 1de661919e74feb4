; SPDX-License-Identifier: GPL-2.0-or-later
; What each kind of access costs: a firmware image of 64 KiB that times itself. Wants a PIIX3 IDE
; disk of 1 MiB or more, standard VGA, COM1, an NE2000 at 300h, and ends through port F4h. The line
; "@failed 1 1" says that a device did not answer.

        bits 16
        cpu 586
        org 0

%include "measure.inc"

PRD     equ 0x8000              ; physical region descriptor
BUFSEG  equ 0x1000              ; 64 KiB
WINDOW  equ 0xe8000000          ; no device is here
TEXTSEG equ 0xb800
PLANESEG equ 0xa000
WARM    equ 1024 + 64
TICKED  equ 0x608               ; interrupts seen

start:
        cli
        cld
        xor ax, ax
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov sp, 0x7c00
        call ports
        call memory
        call vga
        call serial
        call disk
        call network
        mov al, 0
        out 0xf4, al
halt:   cli
        hlt
        jmp halt

fail:   print "@failed 1 1", 10
        mov al, 1
        out 0xf4, al
        jmp halt

; -- plain exits --
ports:
        mov dx, QUIET
        each "pio_read_8", in al, dx
        mov dx, QUIET
        each "pio_read_16", in ax, dx
        mov dx, QUIET
        each "pio_read_32", in eax, dx
        mov dx, QUIET
        each "pio_write_8", out dx, al
        mov dx, QUIET
        each "pio_write_16", out dx, ax
        mov dx, QUIET
        each "pio_write_32", out dx, eax
        mov al, 0x0f
        out 0x70, al
        each "cmos_read", in al, 0x71
        ret

memory:
        o32 lgdt [cs:flat]
        mov eax, cr0
        or al, 1
        mov cr0, eax
        mov bx, 8
        mov fs, bx              ; base 0, limit 4 GiB, kept when we return to real mode
        and al, 0xfe
        mov cr0, eax
        mov ebx, WINDOW
        each "mmio_read_8", mov al, [fs:ebx]
        each "mmio_read_16", mov ax, [fs:ebx]
        each "mmio_read_32", mov eax, [fs:ebx]
        each "mmio_write_8", mov [fs:ebx], al
        each "mmio_write_16", mov [fs:ebx], ax
        each "mmio_write_32", mov [fs:ebx], eax
        ret

        align 8
gdt:    dq 0, 0x00cf93000000ffff ; accessed already: this is ROM
flat:   dw 15
        dd 0xf0000 + gdt

; -- VGA: mode 3, 80x25 text --
vga:
        reg 0x3c2, 0x67
        mov dx, 0x3c4
        mov si, sequencer
        mov cx, 5
        call indexed
        mov dx, 0x3d4
        mov ax, 0x0011          ; unprotect 0 to 7
        out dx, ax
        mov si, crtc
        mov cx, 25
        call indexed
        mov dx, 0x3ce
        mov si, graphics
        mov cx, 9
        call indexed
        mov dx, 0x3da
        in al, dx
        mov dx, 0x3c0
        mov si, attribute
        mov cx, 21
        xor ah, ah
.next:  mov al, ah
        out dx, al
        mov al, [cs:si]
        inc si
        out dx, al
        inc ah
        loop .next
        mov al, 0x20
        out dx, al

        mov dx, 0x3d4
        mov ax, 0x000f          ; the cursor
        each "vga_crtc_write", out dx, ax
        call scroll

        ; planes, as in mode 12h
        mov dx, 0x3c4
        mov ax, 0x0604
        out dx, ax
        mov dx, 0x3ce
        mov ax, 0x0005
        out dx, ax
        mov ax, 0x0506
        out dx, ax
        push PLANESEG
        pop gs
        mov cx, WARM            ; a program that draws has drawn before
.warm:  mov [gs:0x100], al
        loop .warm

        mov dx, 0x3c4
        mov ax, 0x0202
        each "vga_plane_mask_write", out dx, ax
        mov dx, 0x3ce
        mov ax, 0x5508
        each "vga_bit_mask_write", out dx, ax
        each "vga_planar_write", mov [gs:0x100], al
        each "vga_planar_read", mov al, [gs:0x100]
        ret

scroll: mov ax, TEXTSEG         ; three lines a batch
        mov es, ax
        mov cx, 2000
        xor di, di
        mov ax, 0x0741
        rep stosw
        batches
        begin
        push es
        pop ds
        mov si, 160
        xor di, di
        mov cx, 3 * 80
        rep movsw
        push 0
        pop ds
        done "text_scroll_word", 3 * 80
        batched
        push 0
        pop es
        ret

indexed:                        ; CX registers at index/data DX from CS:SI
        xor al, al
.next:  mov ah, [cs:si]
        inc si
        out dx, ax
        inc al
        loop .next
        ret

sequencer: db 3, 0, 3, 0, 2
crtc:   db 0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81, 0xbf, 0x1f, 0, 0x4f, 0x0d, 0x0e, 0, 0, 0, 0
        db 0x9c, 0x0e, 0x8f, 0x28, 0x1f, 0x96, 0xb9, 0xa3, 0xff
graphics: db 0, 0, 0, 0, 0, 0x10, 0x0e, 0, 0xff
attribute: db 0, 1, 2, 3, 4, 5, 0x14, 7, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f
        db 0x0c, 0, 0x0f, 8, 0

; -- COM1 --
serial:
        reg 0x3fb, 0x83
        reg 0x3f8, 1
        reg 0x3f9, 0
        reg 0x3fb, 3
        reg 0x3f9, 0
        mov dx, 0x3f8
        mov al, ' '
        each "uart_thr_write", out dx, al
        ret

%include "disk.inc"
%include "ne2000.inc"

        times 0xfff0 - ($ - $$) db 0xff
        jmp 0xf000:start
        times 0x10000 - ($ - $$) db 0xff
