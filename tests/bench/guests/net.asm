; SPDX-License-Identifier: GPL-2.0-or-later
; What a frame costs on an NE2000 at 300h, sent and received: a firmware image of 64 KiB. Wants a
; peer (tests/bench/peer.c) on the wire, and ends through port F4h. Between the lines "<name" and
; ">name count" the stopwatch takes the CPU time of count frames.

        bits 16
        cpu 586
        org 0

%include "measure.inc"

SIZE    equ 0x620               ; of the frames that are received
NEXT    equ 0x622               ; page of the next one
HEADER  equ 0x624
RXSTART equ 0x4c
RXSTOP  equ 0x80

start:
        cli
        cld
        xor ax, ax
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov sp, 0x7c00
        call sending
        mov word [SIZE], 60
        call receiving
        batches
        mov bp, 4
        begin
.small: call take
        dec bp
        jnz .small
        done "net_recv_60", 4
        batched
        print "<net_recv_60", 10
        mov bp, 1024
.cpu60: call take
        dec bp
        jnz .cpu60
        print ">net_recv_60 400", 10
        call quiet
        mov word [SIZE], 1514
        call receiving
        batches
        mov bp, 4
        begin
.large: call take
        dec bp
        jnz .large
        done "net_recv_1514", 4
        batched
        print "<net_recv_1514", 10
        mov bp, 1024
.cpu15: call take
        dec bp
        jnz .cpu15
        print ">net_recv_1514 400", 10
        call quiet
        mov al, 0
        out 0xf4, al
halt:   cli
        hlt
        jmp halt

fail:   print "@failed 1 1", 10
        mov al, 1
        out 0xf4, al
        jmp halt

%include "ne2000.inc"

sending:
        call make_frame
        mov cl, 0x20            ; monitor
        call nic_open
        reg NE + 0xf, 0x3f      ; as a driver that uses interrupts; we do not listen to them
        batches
        mov bp, 8
        begin
.irq:   mov di, 60
        call send
        dec bp
        jnz .irq
        done "net_send_irq", 8
        batched
        reg NE + 0xf, 0         ; as one that polls
        mov bp, 256
.warm:  mov di, 60
        call send
        dec bp
        jnz .warm
        batches
        mov bp, 8
        begin
.small: mov di, 60
        call send
        dec bp
        jnz .small
        done "net_send_60", 8
        batched
        batches
        mov bp, 2
        begin
.large: mov di, 1514
        call send
        dec bp
        jnz .large
        done "net_send_1514", 2
        batched
        print "<net_send_60", 10
        mov bp, 1024
.cpu60: mov di, 60
        call send
        dec bp
        jnz .cpu60
        print ">net_send_60 400", 10
        print "<net_send_1514", 10
        mov bp, 256
.cpu15: mov di, 1514
        call send
        dec bp
        jnz .cpu15
        print ">net_send_1514 100", 10
        ret

; The peer floods us with frames of SIZE bytes. The first hundreds are not measured.
receiving:
        mov cl, 0x20
        call nic_open
        call ask
        mov cl, 0x04            ; broadcasts
        call nic_open
        reg NE + 0x0, 0x62
        reg NE + 0x7, RXSTART + 1
        reg NE + 0x0, 0x22
        mov byte [NEXT], RXSTART + 1
        mov bp, 256
.warm:  call take
        dec bp
        jnz .warm
        ret

; Silence: what is on its way is counted, not kept, for 2^29 cycles.
quiet:
        push word [SIZE]
        mov word [SIZE], 0
        mov cl, 0x20
        call nic_open
        call ask
        pop word [SIZE]
        rdtsc
        mov ebx, eax
.wait:  rdtsc
        sub eax, ebx
        cmp eax, 0x20000000
        jb .wait
        ret

ask:                            ; SIZE to the peer
        mov byte [FRAME + 14], 1
        mov ax, [SIZE]
        mov [FRAME + 15], ax
        mov di, 60
        call send
        mov byte [FRAME + 14], 0x5a
        ret

take:                           ; one frame, as Linux' 8390 does it
        mov ecx, 2000000
.wait:  reg NE + 0x0, 0x62
        mov dx, NE + 7          ; CURR
        in al, dx
        mov ah, al
        reg NE + 0x0, 0x22
        cmp ah, [NEXT]
        jne .come
        a32 loop .wait
        jmp fail
.come:  mov bx, 4
        mov ah, 0
        mov di, HEADER
        call fetch
        mov bx, [SIZE]
        mov ah, 4
        mov di, FRAME + 0x800
        call fetch
        mov al, [NEXT]
        mov bx, [SIZE]
        add bx, 8 + 255
        add al, bh
        cmp al, RXSTOP
        jb .low
        sub al, RXSTOP - RXSTART
.low:   mov [NEXT], al
        dec al                  ; BNRY stays one behind
        cmp al, RXSTART
        jae .bnry
        mov al, RXSTOP - 1
.bnry:  mov dx, NE + 3
        out dx, al
        reg NE + 0x7, 0x01      ; PRX
        ret

fetch:                          ; BX bytes from NEXT:AH to DI
        reg NE + 0x0, 0x22
        reg NE + 0xa, bl
        reg NE + 0xb, bh
        reg NE + 0x8, ah
        reg NE + 0x9, [NEXT]
        reg NE + 0x0, 0x0a
        mov cx, bx
        shr cx, 1
        mov dx, NEDATA
        rep insw
        reg NE + 0x7, 0x40      ; RDC
        ret

        times 0xfff0 - ($ - $$) db 0xf4
        jmp 0xf000:start
        times 0x10000 - ($ - $$) db 0xff
