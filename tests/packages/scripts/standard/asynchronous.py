"""asyncio: programs, streams on loopback and on a Unix socket, threads and processes."""

import asyncio
import concurrent.futures
import math
import os
import sys


async def upper(reader, writer):
    while line := await reader.readline():
        writer.write(line.upper())
        await writer.drain()
    writer.close()


async def ask(reader, writer, lines):
    for line in lines:
        writer.write(line.encode() + b"\n")
    writer.write_eof()
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer.decode().split()


async def streams():
    server = await asyncio.start_server(upper, "127.0.0.1", 0)
    address = server.sockets[0].getsockname()
    async with server:
        answers = await asyncio.gather(
            *[ask(*await asyncio.open_connection(*address), ["a", f"line{i}"]) for i in range(5)]
        )
    server = await asyncio.start_unix_server(upper, "socket")
    async with server:
        unix = await ask(*await asyncio.open_unix_connection("socket"), ["unix"])
    return answers, unix


async def programs():
    pipe = asyncio.subprocess.PIPE
    sort = await asyncio.create_subprocess_exec("sort", "-n", stdin=pipe, stdout=pipe)
    shell = await asyncio.create_subprocess_shell("echo $((6 * 7)); exit 5", stdout=pipe)
    command = (sys.executable, "-c", "print('x' * 100_000)")
    python = await asyncio.create_subprocess_exec(*command, stdout=pipe)
    outputs = await asyncio.gather(
        sort.communicate(b"3\n10\n2\n"), shell.communicate(), python.communicate()
    )
    stuck = await asyncio.create_subprocess_exec("sleep", "60")
    try:
        await asyncio.wait_for(stuck.wait(), 0.1)
    except asyncio.TimeoutError:
        stuck.kill()
    return [outputs[0][0].decode(), outputs[1][0].decode(), len(outputs[2][0])], [
        sort.returncode, shell.returncode, await stuck.wait(),
    ]  # fmt: skip


async def main():
    loop = asyncio.get_running_loop()
    threads = await asyncio.gather(*[asyncio.to_thread(math.factorial, i) for i in range(8)])
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        processes = await asyncio.gather(
            *[loop.run_in_executor(pool, math.comb, 10, i) for i in range(6)]
        )
    read, write = os.pipe()
    readable = asyncio.Event()
    loop.add_reader(read, readable.set)
    os.write(write, b"x")
    await asyncio.wait_for(readable.wait(), 10)
    loop.remove_reader(read)
    os.close(read)
    os.close(write)
    return [threads, processes, *await streams(), *await programs()]


def rm_main():
    return asyncio.run(main())
