/**
 * Environment of a process that trains, read by the C library when the process starts. By default glibc gives the memory
 * of large tensors back to the system when they are freed, so that every step pays for fresh pages again: a fifth to a
 * third of a step of a small network. Here freed memory up to a gibibyte is kept, and large pages are asked for. Results
 * have the same bits with and without.
 */
export const trainingProcessEnvironment: Readonly<Record<string, string>> = {
  // The largest threshold that glibc accepts.
  MALLOC_MMAP_THRESHOLD_: String(32 * 1024 ** 2),
  MALLOC_TRIM_THRESHOLD_: String(1024 ** 3),
  MALLOC_TOP_PAD_: String(64 * 1024 ** 2),
  GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1',
};
