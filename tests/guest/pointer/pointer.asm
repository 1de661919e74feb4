; SPDX-License-Identifier: GPL-2.0-or-later
;
; A boot sector that turns VMware's mouse on as drivers do and prints on port E9h what it says:
; first what the backdoor answers, then, at each interrupt of the PS/2 mouse, what waits in the
; queue. A key ends it: the mouse is turned off.
        bits    16
        org     0x7c00

MAGIC           equ     0x564d5868
PORT            equ     0x5658
GETVERSION      equ     10
GETRAMSIZE      equ     20
DATA            equ     39
STATUS          equ     40
COMMAND         equ     41
READ_ID         equ     0x45414552
ASK_ABSOLUTE    equ     0x53424152
ASK_RELATIVE    equ     0x4c455252
DISABLE         equ     0xf5

start:  cli
        xor     ax, ax
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        mov     sp, 0x7c00
        cld
        mov     esi, 0x51515151         ; registers that a call has no use for stay
        mov     edi, 0xd1d1d1d1
        mov     ecx, GETVERSION
        mov     ebx, 0xb1b1b1b1
        call    show
        mov     ecx, GETRAMSIZE
        call    show
        mov     ecx, 0x33               ; there is no such command
        call    show
        mov     ecx, STATUS
        call    show
        mov     ecx, COMMAND
        mov     ebx, READ_ID
        call    show
        mov     ecx, STATUS
        call    show
        mov     ecx, DATA
        mov     ebx, 1
        call    show
        mov     edx, PORT               ; without the magic number
        mov     eax, 0x12345678
        in      eax, dx
        call    hex
        mov     al, 10
        out     0xe9, al
        mov     ecx, COMMAND
        mov     ebx, ASK_ABSOLUTE
        call    backdoor

        mov     dword [0x74 * 4], irq12 ; segment 0
        mov     dword [9 * 4], irq1
        mov     al, 0xa8                ; auxiliary device on
        call    command
        mov     al, 0x60                ; both interrupts, set 2 to 1
        call    command
        mov     al, 0x47
        call    data
        mov     al, 0xd4
        call    command
        mov     al, 0xf4                ; report
        call    data
        call    wait_full
        in      al, 0x60                ; ACK
        in      al, 0xa1
        and     al, 0xef
        out     0xa1, al
        in      al, 0x21
        and     al, 0xf9
        out     0x21, al
        mov     si, ready
        call    print
.wait:  sti
        hlt
        jmp     .wait

; Four words of each event that waits.
irq12:  pushad
        in      al, 0x60
.more:  mov     ecx, STATUS
        call    backdoor
        test    eax, 0xffff
        jz      .done
        mov     ebx, 4
        mov     ecx, DATA
        call    show
        jmp     .more
.done:  mov     al, 0x20
        out     0xa0, al
        out     0x20, al
        popad
        iret

; A key: relative mode; the next: off.
irq1:   pushad
        in      al, 0x60
        test    al, 0x80
        jnz     .done
        mov     ebx, [.next]
        mov     dword [.next], DISABLE
        mov     ecx, COMMAND
        call    backdoor
        mov     si, key
        call    print
.done:  mov     al, 0x20
        out     0x20, al
        popad
        iret
.next:  dd      ASK_RELATIVE

; Call, and print EAX to EDI.
show:   call    backdoor
        push    edi
        push    esi
        push    edx
        push    ecx
        push    ebx
        push    eax
        mov     bp, 6
.next:  pop     eax
        call    hex
        mov     al, ' '
        out     0xe9, al
        dec     bp
        jnz     .next
        mov     al, 10
        out     0xe9, al
        ret

backdoor:
        mov     eax, MAGIC
        mov     edx, 0xd0d00000 | PORT
        in      eax, dx
        ret

hex:    mov     cx, 8
.digit: rol     eax, 4
        push    ax
        and     al, 15
        cmp     al, 10
        sbb     al, 0x69
        das
        out     0xe9, al
        pop     ax
        loop    .digit
        ret

print:  lodsb
        test    al, al
        jz      .end
        out     0xe9, al
        jmp     print
.end:   ret

command:
        call    wait_empty
        out     0x64, al
        ret
data:   call    wait_empty
        out     0x60, al
        ret
wait_empty:
        push    ax
.again: in      al, 0x64
        test    al, 2
        jnz     .again
        pop     ax
        ret
wait_full:
        in      al, 0x64
        test    al, 1
        jz      wait_full
        ret

ready:  db      "ready", 10, 0
key:    db      "key", 10, 0
        times   510 - ($ - $$) db 0
        dw      0xaa55
