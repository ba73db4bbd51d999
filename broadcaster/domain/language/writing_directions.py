"""Which languages are written from right to left: by themselves, and in some countries.

From CLDR's likely subtags, which say in which script a language is usual
(`tests/domain/language/test_writing_directions.py` holds the tables against the ones that babel brings along).
"""

RTL_SCRIPTS = frozenset({"adlm", "arab", "hebr", "mand", "mend", "nkoo", "rohg", "samr", "syrc", "thaa", "yezi"})
"""Scripts that run from right to left (ISO 15924, Unicode's Bidi_Class)."""

# Not in CLDR, or with another script there: arc (Aramaic), pnb (Punjabi of Pakistan), prs (Dari).
_TAGS = (
    "aao abh abv acm acq acw acx adf aeb aec aee aeq afb aib aii aij aiq amw apc apd ar arc arq ars ary arz "
    "ask atn auj auz avd avl ayh ayl ayn ayp azb bal bdz bej bft bgn bgp bhe bhm bhn bjf bjm bqi brh brk bsh "
    "bsk chg cja ckb clh czk dcc def deh dgl dmk dml dv esh fa fay faz fia fub gbz ggg gha ghr gig gjk gju glh "
    "glk gwc gwf gwt gzi hac haz hbo he hkh hnd hno hoh hrt hrz hss huy isk itk iw jad jat jbe jbn jdg ji jnd "
    "jog jpa jpr jrb jye kbu kby kcy kfm khw klj kmz kqd ks ktl kvx kxp lad lah lhs lki lrc lrk lrl lsa lsd "
    "lss luv luz mby mde mfa mfi mhj mid mki mnj mve mvy myz mzn nli nlm nqo ntz nyq oar odk oru ota pbt phl "
    "phr phv plk pnb prc prd prs prx ps psh psi pst qxq rdb rhg rmt sam sbn scl sd sdb sdf sdg sdh sds sgr sgy "
    "shd shm shu shv siy siz skr smp smy sqo sqt srh srz ssh sts swb syc syn syr tjo tks tmr tov tra trg trm "
    "trw ug ur ush uzs vaf vgr vmh wbk wlo wne wni wsv xhe xka xkc xkj xkp xvi ydg yhd yi yih yud zba zdj zrp "
    "zum "
)
RTL_LANGUAGES = frozenset(_TAGS.split())
"""Languages whose usual script does."""

# Not in CLDR: ku-IQ and ku-IR, which it knows as ckb.
RTL_REGIONS = {
    "az": {"IQ", "IR"},
    "ha": {"CM", "SD"},
    "kk": {"AF", "CN", "IR", "MN"},
    "ku": {"IQ", "IR", "LB"},
    "ky": {"CN"},
    "ms": {"CC"},
    "pa": {"PK"},
    "tg": {"PK"},
    "uz": {"AF"},
}
"""Regions (ISO 3166-1) where a language is written from right to left that is not so elsewhere."""

LTR_REGIONS = {"sd": {"IN"}, "ug": {"KZ", "MN"}}
"""And the reverse."""
