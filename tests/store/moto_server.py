"""moto's server on a free loopback port, printed on the first line; ends when standard input is closed."""
import sys

from moto.server import ThreadedMotoServer

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
# The test process holds the other end: it closes with the process, however that ends.
sys.stdin.read()
server.stop()
