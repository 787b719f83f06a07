import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { ConnectionOptions } from '@temporalio/client';
import { errorText } from '../../foundation/errors/index.js';
import { duramenHome } from '../../storage/index.js';
import { ClientError } from '../errors/client-error.js';
import { EmbeddedServer } from './embedded-server.js';

/** Where to look for the Temporal server; all of it has defaults. */
export interface ServerOptions {
  /** host:port of a Temporal server. */
  readonly address?: string;
  readonly namespace?: string;
  /** The folder that holds journals, artifacts and the embedded server (`DURAMEN_HOME`, `.duramen`). */
  readonly home?: string;
}

/** The server to use. */
export type ServerAddress =
  /** Named by options, `TEMPORAL_*` variables or a profile of the Temporal CLI. */
  | {
      readonly kind: 'configured';
      readonly address: string;
      readonly connection: ConnectionOptions & { readonly address: string };
      readonly namespace: string;
    }
  /** The embedded server of the home, if it runs. */
  | {
      readonly kind: 'embedded';
      readonly server: EmbeddedServer;
      readonly address: string;
      readonly uiAddress: string;
    }
  | { readonly kind: 'none'; readonly server: EmbeddedServer };

/** Finds the server: options first, then `TEMPORAL_*` and the CLI's profile, then the embedded server of the home. */
export async function findServer(options: ServerOptions = {}): Promise<ServerAddress> {
  const configured = configuredConnection();
  const address = options.address ?? configured.connectionOptions.address;
  if (address !== undefined) {
    const { tls, apiKey, metadata } = configured.connectionOptions;
    return {
      kind: 'configured',
      address,
      connection: {
        address,
        ...(tls === undefined ? {} : { tls }),
        ...(apiKey === undefined ? {} : { apiKey }),
        ...(metadata === undefined ? {} : { metadata }),
      },
      namespace: options.namespace ?? configured.namespace ?? 'default',
    };
  }
  const server = new EmbeddedServer(options.home ?? duramenHome());
  const status = await server.status();
  if (status.kind === 'stopped') return { kind: 'none', server };
  return { kind: 'embedded', server, address: status.server.address, uiAddress: status.server.uiAddress };
}

function configuredConnection(): ReturnType<typeof loadClientConnectConfig> {
  try {
    return loadClientConnectConfig();
  } catch (error) {
    const reason = errorText(error);
    throw new ClientError(
      'input',
      `The Temporal configuration (TEMPORAL_* variables or its profile) is wrong: ${reason}`,
      {
        cause: error,
      },
    );
  }
}
