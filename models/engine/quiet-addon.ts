/**
 * A tiny addon that is loaded before TensorFlow. TensorFlow's framework library writes two lines to stderr while it is
 * being loaded, which `TF_CPP_MIN_LOG_LEVEL` does not reach; this one loads that library with stderr closed for a moment,
 * when the level asks for warnings at most. It is a nicety: where it cannot be built or loaded, TensorFlow works without.
 */
export const QUIET_ADDON_FILE = 'pocketlens_quiet.node';

/** C++; the macro FRAMEWORK is the path of libtensorflow_framework. */
export const QUIET_ADDON_SOURCE = `
#include <cstdlib>
#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>
#include <node_api.h>
extern "C" napi_value napi_register_module_v1(napi_env, napi_value exports) {
  const char* level = std::getenv("TF_CPP_MIN_LOG_LEVEL");
  if (!level || std::atoi(level) < 1) return exports;
  const int saved = dup(2), nothing = open("/dev/null", O_WRONLY);
  if (saved >= 0 && nothing >= 0 && dup2(nothing, 2) == 2) {
    dlopen(FRAMEWORK, RTLD_LAZY | RTLD_LOCAL);
    dup2(saved, 2);
  }
  if (nothing >= 0) close(nothing);
  if (saved >= 0) close(saved);
  return exports;
}
extern "C" int32_t node_api_module_get_api_version_v1() { return 8; }
`;
