// Debian's libstdc++, built for glibc, counts references without atomic instructions while this is set. musl
// has it not; whoever loads an addon has threads.
extern "C" char __libc_single_threaded;
char __libc_single_threaded = 0;
