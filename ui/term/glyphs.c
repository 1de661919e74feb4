/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Next best characters: see glyphs.h. The line drawing set is that of terminfo's acsc. */
#include "ui/term/glyphs.h"

const char term_ascii[257] = " oOv*+^**ooMFdn*"
                             "><|!PS-|^v><L-^v"
                             " !\"#$%&'()*+,-./"
                             "0123456789:;<=>?"
                             "@ABCDEFGHIJKLMNO"
                             "PQRSTUVWXYZ[\\]^_"
                             "`abcdefghijklmno"
                             "pqrstuvwxyz{|}~^"
                             "CueaaaaceeeiiiAA"
                             "EaAooouuyOUcLYPf"
                             "aiounNao?--24!<>"
                             ":%#|++++++|+++++"
                             "++++-++++++++=++"
                             "+++++++++++#_||\""
                             "asGpSsutFTOd8fen"
                             "=+><()/~o..vn2# ";

const char term_line[256] = {
    [0x04] = '`', [0x18] = '-', [0x19] = '.', [0x1a] = '+', [0x1b] = ',', [0x9c] = '}',
    [0xb0] = 'a', [0xb1] = 'a', [0xb2] = 'a', [0xb3] = 'x', [0xb4] = 'u', [0xb5] = 'u',
    [0xb6] = 'u', [0xb7] = 'k', [0xb8] = 'k', [0xb9] = 'u', [0xba] = 'x', [0xbb] = 'k',
    [0xbc] = 'j', [0xbd] = 'j', [0xbe] = 'j', [0xbf] = 'k', [0xc0] = 'm', [0xc1] = 'v',
    [0xc2] = 'w', [0xc3] = 't', [0xc4] = 'q', [0xc5] = 'n', [0xc6] = 't', [0xc7] = 't',
    [0xc8] = 'm', [0xc9] = 'l', [0xca] = 'v', [0xcb] = 'w', [0xcc] = 't', [0xcd] = 'q',
    [0xce] = 'n', [0xcf] = 'v', [0xd0] = 'v', [0xd1] = 'w', [0xd2] = 'w', [0xd3] = 'm',
    [0xd4] = 'm', [0xd5] = 'l', [0xd6] = 'l', [0xd7] = 'n', [0xd8] = 'n', [0xd9] = 'j',
    [0xda] = 'l', [0xdb] = '0', [0xe3] = '{', [0xf1] = 'g', [0xf2] = 'z', [0xf3] = 'y',
    [0xf8] = 'f', [0xf9] = '~', [0xfa] = '~',
};
