; SPDX-License-Identifier: GPL-2.0-or-later
; A guest for the window's test, of one sector. COM1 gets each character that the BIOS has from the
; keyboard. F2: text of all characters; F3: 320 x 200 in 256 colours; F4: VESA, 640 x 480 in 256; a
; line on COM1 says when that is drawn. F1: from then on COM1 gets every byte of port 60h, in hex.
        bits 16
        org 0x7c00
COM1    equ 0x3f8

start:  jmp 0:.here
.here:  xor ax, ax
        mov ds, ax
        mov ss, ax
        mov sp, 0x7c00
        cld
        mov si, ready
        call say
next:   mov ah, 0
        int 0x16
        cmp ah, 0x3b
        je raw
        cmp ah, 0x3c
        je text
        cmp ah, 0x3d
        je vga
        cmp ah, 0x3e
        je vesa
        call put
        cmp al, 13
        jne next
        mov al, 10
        call put
        jmp next

; -- screens --
text:   mov ax, 3
        int 0x10
        mov ah, 1 ; no cursor, which would blink
        mov cx, 0x2000
        int 0x10
        mov ax, 0xb800
        mov es, ax
        xor di, di
        mov cx, 80 * 25
        xor ax, ax
.cell:  mov al, cl
        mov ah, ch
        add ah, cl
        and ah, 0x7f ; nothing that blinks
        stosw
        loop .cell
        jmp drawn

vga:    mov ax, 0x13
        int 0x10
        mov dx, 1
        call fill
        jmp drawn

vesa:   mov ax, 0x4f02
        mov bx, 0x101
        int 0x10
        mov dx, 5 ; 307200 bytes
.bank:  dec dx
        mov ax, 0x4f05
        xor bx, bx
        push dx
        int 0x10
        pop dx
        call fill
        test dx, dx
        jnz .bank

drawn:  mov si, done
        call say
        jmp next

; A bank of pixels of which neighbours differ.
fill:   mov ax, 0xa000
        mov es, ax
        xor di, di
        xor cx, cx
.pixel: mov ax, di
        mov bx, di
        shr bx, 7
        xor ax, bx
        add al, dl
        stosb
        loop .pixel
        ret

; -- scan codes --
raw:    cli
        mov si, done
        call say
.wait:  in al, 0x64
        test al, 1
        jz .wait
        in al, 0x60
        push ax
        shr al, 4
        call digit
        pop ax
        call digit
        mov al, ' '
        call put
        jmp .wait

digit:  and al, 15
        add al, '0'
        cmp al, '9'
        jbe put
        add al, 'a' - '0' - 10
put:    push ax
        mov dx, COM1 + 5
.full:  in al, dx
        test al, 0x20
        jz .full
        pop ax
        mov dx, COM1
        out dx, al
        ret

say:    lodsb
        test al, al
        jz .end
        call put
        jmp say
.end:   ret

ready:  db 'ready', 13, 10, 0
done:   db 'drawn', 13, 10, 0

        times 510 - ($ - $$) db 0
        dw 0xaa55
