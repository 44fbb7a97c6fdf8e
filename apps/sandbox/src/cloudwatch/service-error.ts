/** A failure as AWS names it ("ResourceNotFoundException"); each wire protocol writes it its own way. */
export class ServiceError extends Error {
	readonly code: string;
	readonly status: number;

	constructor(code: string, message: string, status = 400) {
		super(message);
		this.name = "ServiceError";
		this.code = code;
		this.status = status;
	}
}
