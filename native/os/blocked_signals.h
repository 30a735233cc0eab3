#pragma once

#include <pthread.h>

#include <csignal>

namespace vnetperf::os {

/// Blocks every signal while it lives. A thread started meanwhile inherits the mask, so that signals of the
/// process keep going to the threads of Node, which expect them.
class BlockedSignals {
 public:
  BlockedSignals() noexcept {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

 private:
  sigset_t before_;
};

}  // namespace vnetperf::os
