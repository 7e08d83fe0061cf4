/**
 * The sockets of one kafkajs client. kafkajs has no way to give up: its retries reconnect, and `disconnect` waits for
 * requests that may never be answered. Owning the sockets gives that way: after `destroy` every request fails at once
 * and no new connection is made, so an abandoned client can neither hang nor write anything later.
 */
import net from 'node:net';
import tls from 'node:tls';
import type { ISocketFactory } from 'kafkajs';

const keepAliveDelayMs = 60_000;

export class SocketOwner {
  readonly #sockets = new Set<net.Socket>();
  #destroyed = false;

  readonly factory: ISocketFactory = ({ host, port, ssl, onConnect }) => {
    if (this.#destroyed) throw new Error('this client was given up');
    const name = net.isIP(host) === 0 ? { servername: host } : {};
    const socket = ssl
      ? tls.connect({ host, port, ...name, ...ssl }, onConnect)
      : net.connect({ host, port }, onConnect);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, keepAliveDelayMs);
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    return socket;
  };

  get isDestroyed(): boolean {
    return this.#destroyed;
  }

  /** The error matters: kafkajs learns of a lost socket from 'error' and 'end' only, never from 'close'. */
  destroy(): void {
    this.#destroyed = true;
    for (const socket of this.#sockets) socket.destroy(new Error('this client was given up'));
  }
}
