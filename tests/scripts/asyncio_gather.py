import asyncio

async def work(n):
    await asyncio.sleep(0.001)
    return n * 10

async def everything():
    return await asyncio.gather(*(work(n) for n in range(3)))

def rm_main():
    return asyncio.run(everything())
