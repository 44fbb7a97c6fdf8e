import { connect, createServer, type Socket } from "node:net";

/** A TCP proxy that stands for a network link: it can delay what passes, and break connections. */
export interface SlowLink {
	readonly port: number;
	/** Holds every chunk back for a time between the two, in milliseconds, in each direction. */
	delay(fromMs: number, toMs: number): void;
	/** Resets the connection that carries the next request. */
	breakNext(): void;
	close(): Promise<void>;
}

interface LinkState {
	fromMs: number;
	toMs: number;
	breakNext: boolean;
}

/** Passes chunks on in order: each waits for the one before it. */
function relay(from: Socket, to: Socket, state: LinkState, isRequest: boolean): void {
	let last = Promise.resolve();
	from.on("data", (chunk) => {
		if (isRequest && state.breakNext) {
			state.breakNext = false;
			from.resetAndDestroy();
			to.destroy();
			return;
		}
		const waitMs = state.fromMs + Math.random() * (state.toMs - state.fromMs);
		last = last.then(() => new Promise((resolve) => setTimeout(resolve, waitMs))).then(() => void (to.writable && to.write(chunk)));
	});
	from.on("end", () => last.then(() => to.end()));
	from.on("error", () => to.destroy());
	from.on("close", () => last.then(() => to.destroy()));
}

/** Opens a link on a free loopback port that leads to `targetPort`. */
export async function openSlowLink(targetPort: number): Promise<SlowLink> {
	const state: LinkState = { fromMs: 0, toMs: 0, breakNext: false };
	const sockets = new Set<Socket>();
	const server = createServer((near) => {
		const far = connect(targetPort, "127.0.0.1");
		for (const socket of [near, far]) sockets.add(socket.setNoDelay(true));
		near.on("close", () => sockets.delete(near));
		far.on("close", () => sockets.delete(far));
		relay(near, far, state, true);
		relay(far, near, state, false);
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const address = server.address();
	return {
		port: address !== null && typeof address === "object" ? address.port : 0,
		delay(fromMs, toMs) {
			state.fromMs = fromMs;
			state.toMs = toMs;
		},
		breakNext() {
			state.breakNext = true;
		},
		async close() {
			for (const socket of sockets) socket.destroy();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}
