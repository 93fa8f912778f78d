import threading

def rm_main():
    lock, total = threading.Lock(), [0]

    def work():
        for _ in range(1000):
            with lock:
                total[0] += 1

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return total[0], threading.current_thread() is threading.main_thread()
