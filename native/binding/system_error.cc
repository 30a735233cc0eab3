#include "binding/system_error.h"

#include "os/errno_name.h"

namespace vnetperf::binding {

Napi::Error ToJavaScript(Napi::Env env, const os::SystemError& error) {
  auto converted =
      Napi::Error::New(env, std::string(error.syscall()) + ": " + os::ErrnoMessage(error.error_number()));
  converted.Set("code", Napi::String::New(env, os::ErrnoName(error.error_number())));
  converted.Set("errno", Napi::Number::New(env, error.error_number()));
  converted.Set("syscall", Napi::String::New(env, error.syscall()));
  converted.Set("step", Napi::String::New(env, error.step()));
  return converted;
}

Napi::Error ErrorWithCode(Napi::Env env, const char* code, const char* message) {
  auto error = Napi::Error::New(env, message);
  error.Set("code", Napi::String::New(env, code));
  return error;
}

}  // namespace vnetperf::binding
