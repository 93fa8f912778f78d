import enum

class Color(enum.Enum):
    RED = 1
    BLUE = 2

def rm_main():
    return [color.name for color in Color], Color(2).name, Color.__module__
