/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/client/typed.h"

#include <stddef.h>

static const struct {
    uint16_t code;
    const char *bytes;
} keys[] = {
    {0x01, "\033"},      {0x0e, "\177"},      {0x0f, "\t"},        {0x1c, "\r"},
    {0xe01c, "\r"},      {0xe047, "\033[1~"}, {0xe048, "\033[A"},  {0xe049, "\033[5~"},
    {0xe04b, "\033[D"},  {0xe04d, "\033[C"},  {0xe04f, "\033[4~"}, {0xe050, "\033[B"},
    {0xe051, "\033[6~"}, {0xe052, "\033[2~"}, {0xe053, "\033[3~"}, {0x3b, "\033[[A"},
    {0x3c, "\033[[B"},   {0x3d, "\033[[C"},   {0x3e, "\033[[D"},   {0x3f, "\033[[E"},
    {0x40, "\033[17~"},  {0x41, "\033[18~"},  {0x42, "\033[19~"},  {0x43, "\033[20~"},
    {0x44, "\033[21~"},  {0x57, "\033[23~"},  {0x58, "\033[24~"},
};

const char *typed_key(uint16_t code)
{
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (keys[i].code == code) {
            return keys[i].bytes;
        }
    }
    return NULL;
}

int typed_control(uint32_t c)
{
    if (c == ' ' || c == '2') {
        return 0;
    }
    return c == '?'               ? 0x7f
           : c >= '@' && c <= '_' ? (int)(c - '@')
           : c >= 'a' && c <= 'z' ? (int)(c - 'a' + 1)
                                  : -1;
}
