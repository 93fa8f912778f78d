from dataclasses import asdict, dataclass, field

@dataclass(order=True)
class Item:
    price: float
    name: str = field(compare=False)

def rm_main():
    return [asdict(item) for item in sorted([Item(2.5, "b"), Item(1.0, "a")])]
