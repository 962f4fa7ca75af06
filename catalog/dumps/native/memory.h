/* Which artists and masters were written already: a table of numbers that grows. */

#ifndef VINILOGY_MEMORY_H
#define VINILOGY_MEMORY_H

#include "bytes.h"

/* What is known of a number above 0: of an artist where its key stands among the keys, of a master
   the lowest number of a release that told it. */
typedef struct {
    uint32_t number;
    uint32_t size;
    uint64_t value;
} slot;

typedef struct {
    slot *slots;
    size_t room; /* a power of two, at least twice `used` */
    size_t used;
} numbered;

static slot *slot_of(const numbered *known, uint32_t number)
{
    size_t at = ((uint64_t)number * 11400714819323198485u) >> 20 & (known->room - 1);
    while (known->slots[at].number != 0 && known->slots[at].number != number)
        at = (at + 1) & (known->room - 1);
    return &known->slots[at];
}

static int grow(numbered *known)
{
    numbered wider = {NULL, known->room == 0 ? 4096 : known->room * 2, known->used};
    wider.slots = calloc(wider.room, sizeof(slot));
    if (wider.slots == NULL)
        return 0;
    for (size_t at = 0; at < known->room; at++)
        if (known->slots[at].number != 0)
            *slot_of(&wider, known->slots[at].number) = known->slots[at];
    free(known->slots);
    *known = wider;
    return 1;
}

/* The slot of a number, whose `number` is 0 as long as nothing is known; NULL without memory. */
static slot *look_up(numbered *known, uint32_t number)
{
    if (known->used * 2 >= known->room && !grow(known))
        return NULL;
    return slot_of(known, number);
}

static void forget_all(numbered *known)
{
    if (known->room != 0)
        memset(known->slots, 0, known->room * sizeof(slot));
    known->used = 0;
}

/* Digits that fit, as they were read. */
static uint32_t to_number(text digits)
{
    uint32_t number = 0;
    for (size_t at = 0; at < digits.size; at++)
        number = number * 10 + (uint32_t)(digits.at[at] - '0');
    return number;
}

#endif
