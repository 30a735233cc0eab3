#include "engine/run.h"

#include <stdexcept>

namespace vnetperf::engine {
namespace {

RunSpecification& Checked(RunSpecification& specification) {
  if (specification.streams.empty()) throw std::invalid_argument("a run needs at least one stream");
  for (const StreamSpecification& stream : specification.streams) {
    if (!stream.socket || !stream.socket->valid())
      throw std::invalid_argument("a stream needs an open socket");
    if (stream.length_bytes == 0) throw std::invalid_argument("a stream needs a length of at least one byte");
    const bool own_payload = stream.send_path == SendPath::kSplice || stream.send_path == SendPath::kZerocopy;
    if (stream.sending && own_payload && stream.file.valid())
      throw std::invalid_argument("splice and zerocopy send no file");
    if (stream.burst == 0) throw std::invalid_argument("a burst is at least one block");
  }
  return specification;
}

}  // namespace

Run::Run(RunSpecification specification, RunObserver& observer) : control_(Checked(specification)) {
  try {
    workers_.reserve(specification.streams.size());
    for (std::size_t i = 0; i < specification.streams.size(); ++i) {
      workers_.push_back(std::make_unique<Worker>(std::move(specification.streams[i]), control_, i));
    }
    sampler_.emplace(specification, control_, workers_, observer);
  } catch (...) {
    // The destructor of a run that was never made does not run, and the threads that exist would wait for
    // ever.
    Close();
    throw;
  }
}

void Run::Open() noexcept {
  control_.open_requested.store(true);
  control_.news.Increment();
}

void Run::Stop() noexcept {
  os::Nanoseconds not_yet = 0;
  control_.stop_requested_at.compare_exchange_strong(not_yet, os::MonotonicNow());
  control_.news.Increment();
}

void Run::Close() noexcept {
  control_.closed.store(true);
  control_.news.Increment();
  sampler_.reset();
  // Nobody else gives orders now. A worker that is through the gate sees the stop, one that is not sees the
  // gate.
  control_.Stop(StopOrder::kFinish);
  control_.AbandonGate();
  for (const auto& worker : workers_) worker->Join();
  // Their sockets and buffers go now, not when JavaScript collects the run: the peer waits for the end of the
  // stream.
  progress_at_close_ = progress();
  workers_.clear();
}

Progress Run::progress() const noexcept {
  Progress progress = progress_at_close_;
  for (const auto& worker : workers_) {
    const Stream& stream = worker->stream();
    (stream.specification.sending ? progress.sent_bytes : progress.received_bytes) += stream.counters.bytes();
  }
  return progress;
}

}  // namespace vnetperf::engine
