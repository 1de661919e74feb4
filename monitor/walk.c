/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Paging by Intel SDM volume 3, chapter 4: none, two levels (with 4 MiB pages and PSE-36), PAE, and
 * four or five levels in long mode. At most five entries are read. Rights are not looked at.
 */
#include "monitor/walk.h"

#define CR0_PG (1u << 31)
#define CR4_PSE (1u << 4)
#define CR4_PAE (1u << 5)
#define CR4_LA57 (1u << 12)
#define EFER_LMA (1u << 10)
#define PTE_P 1u
#define PTE_PS 0x80u
#define PTE_ADDR UINT64_C(0x000ffffffffff000)

static bool entry(struct space *mem, uint64_t addr, unsigned width, uint64_t *pte)
{
    *pte = 0;
    return ram_read(mem, addr, pte, width) && (*pte & PTE_P);
}

/* Levels of 512 entries, from `level` (5 to 1) down. */
static bool walk_wide(struct space *mem, uint64_t table, unsigned level, uint64_t va, uint64_t *pa)
{
    uint64_t pte, mask;

    for (; level; level--) {
        unsigned shift = 12 + 9 * (level - 1);

        if (!entry(mem, (table & PTE_ADDR) + 8 * ((va >> shift) & 511), 8, &pte)) {
            return false;
        }
        if (level == 1 || (level <= 3 && (pte & PTE_PS))) {
            mask = (UINT64_C(1) << shift) - 1;
            *pa = (pte & PTE_ADDR & ~mask) | (va & mask);
            return true;
        }
        table = pte;
    }
    return false;
}

static bool walk_pae(const struct accel_regs *r, struct space *mem, uint64_t va, uint64_t *pa)
{
    uint64_t pdpte;

    return entry(mem, (r->cr3 & 0xffffffe0) + 8 * ((va >> 30) & 3), 8, &pdpte) &&
           walk_wide(mem, pdpte, 2, va, pa);
}

static bool walk_narrow(const struct accel_regs *r, struct space *mem, uint64_t va, uint64_t *pa)
{
    uint64_t pde, pte;

    if (!entry(mem, (r->cr3 & 0xfffff000) + 4 * ((va >> 22) & 1023), 4, &pde)) {
        return false;
    }
    if ((pde & PTE_PS) && (r->cr4 & CR4_PSE)) {
        *pa = (pde & 0xffc00000) | (pde >> 13 & 0xff) << 32 | (va & 0x3fffff);
        return true;
    }
    if (!entry(mem, (pde & 0xfffff000) + 4 * ((va >> 12) & 1023), 4, &pte)) {
        return false;
    }
    *pa = (pte & 0xfffff000) | (va & 0xfff);
    return true;
}

bool walk(const struct accel_regs *r, struct space *mem, uint64_t va, uint64_t *pa)
{
    bool lma = r->efer & EFER_LMA;

    if (!lma) {
        va = (uint32_t)va;
    }
    if (!(r->cr0 & CR0_PG)) {
        *pa = va;
        return true;
    }
    if (lma) {
        return walk_wide(mem, r->cr3, r->cr4 & CR4_LA57 ? 5 : 4, va, pa);
    }
    return r->cr4 & CR4_PAE ? walk_pae(r, mem, va, pa) : walk_narrow(r, mem, va, pa);
}
