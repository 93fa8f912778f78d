from decimal import ROUND_HALF_UP, Decimal

def rm_main():
    return str((Decimal("2.675")).quantize(Decimal("0.01"), ROUND_HALF_UP))
