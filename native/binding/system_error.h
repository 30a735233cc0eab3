#pragma once

#include <napi.h>

#include <exception>

#include "os/system_error.h"

namespace vnetperf::binding {

/// The NativeSystemError of lib/platform/native.ts: "connect: Connection refused" with code, errno, syscall
/// and step.
[[nodiscard]] Napi::Error ToJavaScript(Napi::Env env, const os::SystemError& error);

/// An Error with a code and no system call behind it, for example ERR_SOCKET_CLOSED.
[[nodiscard]] Napi::Error ErrorWithCode(Napi::Env env, const char* code, const char* message);

/// Runs what a JavaScript call came for. node-addon-api lets only Napi::Error pass to JavaScript and ends the
/// process at any other C++ exception, so every entry point that may meet one goes through here.
template <typename Work>
auto Translating(Napi::Env env, Work&& work) {
  try {
    return work();
  } catch (const os::SystemError& error) {
    throw ToJavaScript(env, error);
  } catch (const Napi::Error&) {
    throw;
  } catch (const std::exception& error) {
    throw Napi::Error::New(env, error.what());
  }
}

}  // namespace vnetperf::binding
