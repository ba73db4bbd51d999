"""The modules that decide, and the tests that should see a change of them, the quickest first."""

_STAGES = ("tests/services/sending", "tests/cli/broadcasts/test_sending.py")
_APPROVING = ("tests/services/approving", "tests/cli/campaigns/test_approval.py")
_ANSWERS = (
    "tests/providers/answers",
    "tests/providers/test_smtp_verdicts.py",
    "tests/providers/test_smtp_bounce_cases.py",
    "tests/providers/test_smtp_faults.py",
)
_CLAIMS = (
    "tests/ledger/delivery/test_claims.py",
    "tests/ledger/delivery/test_recovery.py",
    "tests/engine",
    "tests/services/delivering",
)
_SUPPRESSIONS = (
    "tests/services/recipients",
    "tests/services/feedback/test_auto_suppress.py",
    "tests/ledger/recipients",
    "tests/cli/recipients/test_suppress.py",
)

TESTS: dict[str, tuple[str, ...]] = {
    "broadcaster/domain/delivery/retry.py": (
        "tests/domain/delivery",
        "tests/services/delivering/test_handover.py",
        "tests/services/delivering/test_provider_health.py",
        "tests/survival/test_out_of_reach.py",
    ),
    "broadcaster/domain/local_time/quiet_hours.py": ("tests/domain/local_time", "tests/survival/test_quiet_hours.py"),
    "broadcaster/domain/occurrence_fates.py": ("tests/domain/test_occurrence_fates.py",),
    "broadcaster/providers/answers/about_the_address.py": _ANSWERS,
    "broadcaster/providers/answers/about_us.py": _ANSWERS,
    "broadcaster/providers/answers/answer_reading.py": _ANSWERS,
    "broadcaster/providers/answers/statuses.py": _ANSWERS,
    "broadcaster/providers/smtp/transactions/verdicts.py": (*_ANSWERS, "tests/providers/test_smtp_protocol.py"),
    "broadcaster/providers/twilio/verdicts.py": (
        "tests/providers/test_twilio_verdicts.py",
        "tests/providers/test_twilio_hooks.py",
        "tests/providers/test_twilio_faults.py",
        "tests/providers/test_twilio_unsure_texts.py",
    ),
    "broadcaster/services/planning/schedule.py": ("tests/services/planning", *_APPROVING),
    "broadcaster/services/planning/digest.py": ("tests/services/planning/test_digest.py", *_APPROVING),
    "broadcaster/services/approving/validity.py": _APPROVING,
    "broadcaster/services/approving/decisions.py": _APPROVING,
    "broadcaster/services/approving/occurrence_fates.py": _APPROVING,
    "broadcaster/services/sending/release.py": (*_STAGES, "tests/survival/test_quiet_hours.py"),
    "broadcaster/services/sending/due_occurrences.py": (*_STAGES, "tests/services/approving"),
    "broadcaster/services/delivering/handover.py": ("tests/services/delivering", *_STAGES),
    "broadcaster/services/delivering/due_work.py": ("tests/services/delivering", *_STAGES),
    "broadcaster/services/delivering/claimed_work.py": ("tests/services/delivering", *_STAGES),
    "broadcaster/services/delivering/provider_health.py": (
        "tests/services/delivering",
        "tests/survival/test_out_of_reach.py",
    ),
    "broadcaster/services/recipients/erasure.py": ("tests/services/recipients", "tests/ledger/recipients"),
    "broadcaster/services/recipients/suppression_lookup.py": _SUPPRESSIONS,
    "broadcaster/services/recipients/suppression_list.py": _SUPPRESSIONS,
    "broadcaster/services/feedback/auto_suppress.py": ("tests/services/feedback/test_auto_suppress.py", *_SUPPRESSIONS),
    "broadcaster/ledger/recipients/suppressions.py": (
        "tests/ledger/recipients/test_suppressions.py",
        "tests/services/recipients/test_suppression_list.py",
    ),
    "broadcaster/ledger/delivery/claims.py": _CLAIMS,
    "broadcaster/ledger/delivery/claim_statements.py": _CLAIMS,
    "broadcaster/ledger/broadcasting/delivery_counters.py": (
        "tests/ledger/delivery/test_attempt_results.py",
        "tests/services/reporting",
        "tests/services/sending",
    ),
}
