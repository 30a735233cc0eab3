#pragma once

#include <napi.h>

namespace vnetperf::binding {

/// What this binary is: { version, target, libc, compiler, commit }.
Napi::Object Build(Napi::Env env);

}  // namespace vnetperf::binding
