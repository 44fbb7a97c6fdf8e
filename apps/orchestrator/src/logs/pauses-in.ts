/** Passes values on, and undefined once each time that none came for so many milliseconds. */
export async function* pausesIn<T>(values: AsyncIterable<T>, ms: number): AsyncGenerator<T | undefined> {
	const iterator = values[Symbol.asyncIterator]();
	let next = iterator.next();
	let told = true;
	try {
		for (;;) {
			const result = told ? await next : await within(next, ms);
			if (result === "pause") {
				told = true;
				yield undefined;
				continue;
			}
			if (result.done === true) return;
			told = false;
			const { value } = result;
			// Asked for after the value is used, so that no more than one is ever held.
			yield value;
			next = iterator.next();
		}
	} finally {
		await iterator.return?.();
	}
}

async function within<T>(next: Promise<T>, ms: number): Promise<T | "pause"> {
	let timer: NodeJS.Timeout | undefined;
	const pause = new Promise<"pause">((resolve) => {
		timer = setTimeout(resolve, ms, "pause");
	});
	try {
		return await Promise.race([next, pause]);
	} finally {
		clearTimeout(timer);
	}
}
