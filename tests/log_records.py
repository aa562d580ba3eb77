"""Log records as Snakemake makes them, for the tests of what listens to them."""

import logging


def record(event: str, **fields) -> logging.LogRecord:
    made = logging.LogRecord("snakemake", logging.INFO, "", 0, None, None, None)
    made.event = event
    made.__dict__.update(fields)
    return made


def job_info(number: int, rule: str, message: str | None, reason: str = "") -> logging.LogRecord:
    return record("job_info", jobid=number, rule_name=rule, rule_msg=message, reason=reason)
