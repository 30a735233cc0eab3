#pragma once

#include <optional>
#include <thread>

#include "engine/snapshot.h"
#include "engine/snapshot_reader.h"
#include "engine/timeline.h"

namespace vnetperf::engine {

/// The thread that conducts a run: opens the gate when all workers are ready, takes the snapshots on time,
/// sees why and when the run ends, and tells the observer. Joined when destroyed; whoever destroys it has
/// closed the run.
class Sampler {
 public:
  /// Throws std::system_error when there can be no more threads.
  Sampler(const RunSpecification& specification, RunControl& control, const Workers& workers,
          RunObserver& observer);
  ~Sampler() { thread_.join(); }
  Sampler(const Sampler&) = delete;
  Sampler& operator=(const Sampler&) = delete;

 private:
  /// The part of the specification that is about time: what the sampler needs of it.
  struct Plan {
    os::Nanoseconds omit;
    os::Nanoseconds duration;
    os::Nanoseconds interval;
    bool ends_on_time;
    bool limited;
    EndReason limit_reason;
  };

  void Main();
  /// False when there will be no run.
  [[nodiscard]] bool WorkersGetReady();
  [[nodiscard]] bool OwnerOpens();
  void Conduct(Timeline& timeline);
  void StopWorkers(StopOrder order);
  void OmitPeriodEnds(os::Nanoseconds now);
  void ReportEndedStreams();
  void Show(Snapshot snapshot);

  /// Whether the end is this side's own: a client. Otherwise stop() brings it.
  [[nodiscard]] bool ends_itself() const noexcept { return plan_.ends_on_time || control_.ends_on_limit; }
  /// What happened that ends the run before its time.
  [[nodiscard]] std::optional<EndReason> EndingEvent() const;
  /// Stops the workers and shows the last snapshot. `now` is when the end was noticed.
  void Finish(EndReason reason, os::Nanoseconds now, const Timeline& timeline);
  [[nodiscard]] os::Nanoseconds EndMoment(EndReason reason, os::Nanoseconds now,
                                          const Timeline& timeline) const;
  /// Sleeps until there is news or `deadline`; false at the deadline.
  template <typename Condition>
  bool WaitFor(Condition condition, os::Nanoseconds deadline) const;

  const Plan plan_;
  RunControl& control_;
  const Workers& workers_;
  RunObserver& observer_;
  SnapshotReader reader_;
  std::vector<bool> reported_;
  std::optional<Snapshot> held_;
  os::Nanoseconds held_until_ = 0;
  /// Of the last snapshot that was shown, on the monotonic clock.
  os::Nanoseconds last_shown_ = 0;
  /// Last, so that everything it uses is there before it starts.
  std::thread thread_;
};

}  // namespace vnetperf::engine
