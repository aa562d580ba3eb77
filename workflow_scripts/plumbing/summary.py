"""x."""
def closing_summary(run: str) -> str:
    """x."""
    return run
