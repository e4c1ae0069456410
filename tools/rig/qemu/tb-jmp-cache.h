/*
 * The jump cache: translated blocks by their virtual address.
 *
 * Most jumps to another page and all indirect ones look for their target here, some millions in a second, so that what matters
 * is how much memory is touched: an entry has all that is compared and what is wanted, and a block itself is not looked at.
 *
 * 1. An entry has been seen to be right in its epoch. In a later one, after the TLB was emptied, the block must be found at its
 *    address again (tb_is_still_there()), which is less than to look it up anew.
 * 2. All entries are of blocks without cs_base and with the cflags of the cache, as nearly all are: with others a block is for
 *    once, as to stop at a breakpoint.
 * 3. A block that becomes invalid is taken out of all jump caches (tb_jmp_cache_forget()), also those that tlb-sets.c.inc has
 *    put aside; that is why all CPUs must take turns in one thread.
 *
 * Copyright (c) 2026 the authors of Paravane
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef ACCEL_TCG_TB_JMP_CACHE_H
#define ACCEL_TCG_TB_JMP_CACHE_H

#define TB_JMP_CACHE_BITS 13
#define TB_JMP_CACHE_SIZE (1 << TB_JMP_CACHE_BITS)

typedef struct TBJump {
    target_ulong pc;
    TranslationBlock *tb;
    const void *code;
    uint32_t flags;
    uint32_t seen;
} TBJump;

struct CPUJumpCache {
    uint32_t epoch;
    uint32_t cflags;
    TBJump array[TB_JMP_CACHE_SIZE];
};

static inline CPUJumpCache *tb_jmp_cache_new(void)
{
    CPUJumpCache *jc = g_new0(CPUJumpCache, 1);

    jc->epoch = 1;      /* in which none of its entries was seen */
    return jc;
}

/* By the address in its page, and by the page: what is run together mostly lies in few of them. */
static inline TBJump *tb_jump(CPUJumpCache *jc, target_ulong pc)
{
    return &jc->array[(pc ^ (pc >> TB_JMP_CACHE_BITS)) & (TB_JMP_CACHE_SIZE - 1)];
}

/* With other cflags than those before it is the first. */
static inline void tb_jmp_cache_set(CPUJumpCache *jc, TranslationBlock *tb)
{
    TBJump *jump = tb_jump(jc, tb_pc(tb));

    if (tb_cflags(tb) != jc->cflags) {
        jc->cflags = tb_cflags(tb);
        jc->epoch++;
    }
    *jump = (TBJump){ .pc = tb_pc(tb), .tb = tb, .code = tb->tc.ptr, .flags = tb->flags, .seen = jc->epoch };
}

static inline void tb_jmp_cache_forget(CPUJumpCache *jc, const TranslationBlock *tb)
{
    TBJump *jump = tb_jump(jc, tb_pc(tb));

    if (jump->tb == tb) {
        jump->tb = NULL;
        jump->seen = jc->epoch - 1;
    }
}

/* The TLB was emptied, or lost some of its entries. */
static inline void tb_jmp_cache_doubt(CPUJumpCache *jc)
{
    if (jc) {           /* there is none before the CPU is */
        jc->epoch++;
    }
}

static inline void tb_jmp_cache_clear(CPUJumpCache *jc)
{
    jc->epoch++;
    for (int i = 0; i < TB_JMP_CACHE_SIZE; i++) {
        jc->array[i].tb = NULL;
    }
}

#endif /* ACCEL_TCG_TB_JMP_CACHE_H */
