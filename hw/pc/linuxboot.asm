; SPDX-License-Identifier: GPL-2.0-or-later
;
; Option ROM that boots a Linux kernel given with -kernel. The firmware lists it as a boot device
; by its PnP header (Plug and Play BIOS 1.0A, section 3.2; BIOS Boot Specification 1.01); its entry
; fetches four pieces from fw_cfg by DMA, each to the address that goes with it, and enters the
; kernel's setup code as the kernel's Documentation/x86/boot says.
;
; After a change: nasm -f bin linuxboot.asm, and renew linuxboot_rom.c (its test says how). The
; checksums are the loader's to fill in.
        bits    16
        org     0

FW_CFG_DMA      equ     0x514
DMA_SELECT_READ equ     8 | 2
DMA_ERROR       equ     1
COMMAND         equ     0x7e00          ; free memory, behind where a boot sector would be
VALUE           equ     0x7e10

KERNEL_ADDR     equ     0x07
KERNEL_SIZE     equ     0x08
INITRD_ADDR     equ     0x0a
INITRD_SIZE     equ     0x0b
KERNEL_DATA     equ     0x11
INITRD_DATA     equ     0x12
CMDLINE_ADDR    equ     0x13
CMDLINE_SIZE    equ     0x14
CMDLINE_DATA    equ     0x15
SETUP_ADDR      equ     0x16
SETUP_SIZE      equ     0x17
SETUP_DATA      equ     0x18

        db      0x55, 0xaa
        db      (rom_end - $$) / 512
init:   xor     ax, ax
        retf
        times   0x18 - ($ - $$) db 0
        dw      0                       ; no PCI data structure
        dw      pnp

        align   16
pnp:    db      "$PnP", 1, 2
        dw      0                       ; no more headers
        db      0
        db      0                       ; checksum
        dd      0
        dw      maker, product
        db      0, 0, 0                 ; device type
        db      0x54                    ; may be shadowed, needed only to boot from, boots
        dw      0, 0                    ; hooks no BIOS service
        dw      boot
        dw      0, 0

maker:  db      "vmx-dm", 0
product: db     "Linux kernel", 0
message: db     "vmx-dm: the Linux kernel cannot be loaded", 13, 10, 0

; address, size and data of each piece
pieces: db      SETUP_ADDR, SETUP_SIZE, SETUP_DATA
        db      CMDLINE_ADDR, CMDLINE_SIZE, CMDLINE_DATA
        db      KERNEL_ADDR, KERNEL_SIZE, KERNEL_DATA
        db      INITRD_ADDR, INITRD_SIZE, INITRD_DATA
pieces_end:

boot:   cld
        xor     ax, ax
        mov     ds, ax
        mov     si, pieces
.next:  mov     al, [cs:si]
        call    fetch_value
        mov     ebx, eax
        mov     al, [cs:si + 1]
        call    fetch_value
        mov     ecx, eax
        jecxz   .none
        mov     edi, ebx
        mov     al, [cs:si + 2]
        call    fetch
.none:  add     si, 3
        cmp     si, pieces_end
        jb      .next

        mov     al, SETUP_ADDR
        call    fetch_value
        mov     ebx, eax
        mov     al, CMDLINE_ADDR        ; stack and heap end where the command line begins
        call    fetch_value
        sub     eax, ebx
        sub     eax, 16
        shr     ebx, 4
        cli
        mov     ss, bx
        mov     sp, ax
        mov     ds, bx
        mov     es, bx
        mov     fs, bx
        mov     gs, bx
        add     bx, 0x20                ; setup begins after the boot sector
        push    bx
        push    word 0
        retf

; eax = the 32-bit item al
fetch_value:
        mov     ecx, 4
        mov     edi, VALUE
        call    fetch
        mov     eax, [VALUE]
        ret

; ecx bytes of item al to address edi
fetch:  movzx   eax, al
        shl     eax, 16
        or      al, DMA_SELECT_READ
        bswap   eax
        mov     [COMMAND], eax
        bswap   ecx
        mov     [COMMAND + 4], ecx
        mov     dword [COMMAND + 8], 0
        bswap   edi
        mov     [COMMAND + 12], edi
        mov     dx, FW_CFG_DMA
        xor     eax, eax
        out     dx, eax
        mov     dx, FW_CFG_DMA + 4
        mov     eax, COMMAND
        bswap   eax
        out     dx, eax
.wait:  mov     eax, [COMMAND]
        bswap   eax
        test    al, DMA_ERROR
        jnz     failed
        test    eax, eax
        jnz     .wait
        ret

failed: mov     si, message
.char:  mov     al, [cs:si]
        inc     si
        test    al, al
        jz      .next
        mov     ah, 0x0e
        mov     bx, 7
        int     0x10
        jmp     .char
.next:  int     0x18                    ; the next boot device
        cli
        hlt

        times   511 - ($ - $$) db 0
        db      0                       ; checksum
rom_end:
