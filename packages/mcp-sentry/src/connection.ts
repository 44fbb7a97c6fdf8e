import type { SentryClient } from "./client.ts";

/** What every tool is built from. */
export interface Connection {
	client: SentryClient;
}
