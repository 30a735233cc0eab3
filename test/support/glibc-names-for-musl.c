/* What Debian's libstdc++, as a library of its own, asks of glibc and musl has not. Only for the program that
   loads the addon in a test: the addon's own answers are in native/runtime/. */
#include <locale.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

char __libc_single_threaded = 0;

size_t strftime_l(char* restrict, size_t, const char* restrict, const struct tm* restrict, locale_t);

size_t __strftime_l(char* restrict text, size_t size, const char* restrict format,
                    const struct tm* restrict time, locale_t locale) {
  return strftime_l(text, size, format, time, locale);
}

uint32_t arc4random(void) {
  uint32_t number = 0;
  if (getrandom(&number, sizeof number, 0) != sizeof number) abort();
  return number;
}

/* What is left when a thread ends goes with the process. */
int __cxa_thread_atexit_impl(void (*destroy)(void*), void* object, void* library) {
  (void)destroy;
  (void)object;
  (void)library;
  return 0;
}
