/* Gives the process that preloads it a clock of its own: the real one plus the nanoseconds that the file named by
   DURAMEN_SOAK_CLOCK holds (a signed number of 64 bits, mapped into memory, so that writing it steps the clock). */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile const int64_t *step;
static int (*real_clock_gettime)(clockid_t, struct timespec *);

__attribute__((constructor)) static void begin(void) {
  real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
  const char *file = getenv("DURAMEN_SOAK_CLOCK");
  int descriptor = file == NULL ? -1 : open(file, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return;
  void *mapped = mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, descriptor, 0);
  if (mapped != MAP_FAILED) step = mapped;
  close(descriptor);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  if (real_clock_gettime == NULL) begin();
  int failed = real_clock_gettime(clock, now);
  if (failed == 0 && step != NULL && clock == CLOCK_REALTIME) {
    int64_t whole = (int64_t)now->tv_sec * 1000000000 + now->tv_nsec + *step;
    now->tv_sec = whole / 1000000000;
    now->tv_nsec = whole % 1000000000;
  }
  return failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  struct timespec exact;
  (void)zone;
  if (clock_gettime(CLOCK_REALTIME, &exact) != 0) return -1;
  now->tv_sec = exact.tv_sec;
  now->tv_usec = exact.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *now) {
  struct timespec exact;
  clock_gettime(CLOCK_REALTIME, &exact);
  if (now != NULL) *now = exact.tv_sec;
  return exact.tv_sec;
}
