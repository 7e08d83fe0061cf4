// A refusal in the vendor's terms: the error code with its message and fields as REST reports them, and the HTTP status
// that the same refusal has when the request was for a single record.

export class ApiError extends Error {
  override name = 'ApiError';
  readonly code: string;
  readonly status: number;
  readonly fields: string[];

  constructor(code: string, message: string, options: { status?: number; fields?: string[] } = {}) {
    super(message);
    this.code = code;
    this.status = options.status ?? 400;
    this.fields = options.fields ?? [];
  }
}

export const noSuchColumn = (name: string, object: string) =>
  new ApiError('INVALID_FIELD', `No such column '${name}' on sobject of type ${object}`);

export const notFound = (message = 'The requested resource does not exist') =>
  new ApiError('NOT_FOUND', message, { status: 404 });
