def rm_main():
    print("a", "b", sep="-", end="!\n")
    print(f"{3.14159:.2f} {42:>6} {1_000_000:,}")
