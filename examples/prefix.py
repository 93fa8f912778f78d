import sys

def rm_main():
  print('StandPy testing:')
  print(sys.prefix)
