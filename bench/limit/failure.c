#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "limit.h"

_Noreturn void fail(const char* what) {
  fprintf(stderr, "limit: %s\n", what);
  exit(1);
}

_Noreturn void fail_with_errno(const char* what) {
  fprintf(stderr, "limit: %s: %s\n", what, strerror(errno));
  exit(1);
}
