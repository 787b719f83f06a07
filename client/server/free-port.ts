import { createServer } from 'node:net';

const host = '127.0.0.1';

/** A port that nothing listens on. */
export async function freePort(): Promise<number> {
  const port = await listenOnce(0);
  if (port === null) throw new Error('The system gives no free port.');
  return port;
}

/** Whether something listens on the port, or it cannot be had for another reason. */
export async function isPortTaken(port: number): Promise<boolean> {
  return (await listenOnce(port)) === null;
}

function listenOnce(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(null);
    });
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : null);
      });
    });
  });
}
