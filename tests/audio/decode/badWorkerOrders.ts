/** What `badWorker.ts` can be told to do. */
export const BAD = { hang: 1, exit: 2, throw: 3, fillHeap: 4, answerUntyped: 5 } as const;
