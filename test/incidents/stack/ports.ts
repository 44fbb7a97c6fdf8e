import { createServer } from "node:net";

/** Below the range from which the kernel takes the ports of outgoing connections: what is free now stays free until a server opens it. */
const [FIRST, LAST] = [12_000, 32_000];

const isFree = (port: number): Promise<boolean> =>
	new Promise((resolve) => {
		const server = createServer();
		server.once("error", () => resolve(false));
		server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
	});

/** Free loopback ports, one per name, no two the same. */
export async function freePorts<Name extends string>(names: readonly Name[]): Promise<Record<Name, number>> {
	const ports = new Set<number>();
	while (ports.size < names.length) {
		const port = FIRST + Math.floor(Math.random() * (LAST - FIRST));
		if (!ports.has(port) && (await isFree(port))) ports.add(port);
	}
	const found = [...ports];
	return Object.fromEntries(names.map((name, i) => [name, found[i]])) as Record<Name, number>;
}
