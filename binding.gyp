{
  "targets": [
    {
      "target_name": "vnetperf",
      "sources": ["<!@(node -p \"['os','wire','engine','relay','binding'].flatMap(d=>fs.readdirSync('native/'+d).filter(f=>f.endsWith('.cc')).map(f=>'native/'+d+'/'+f)).join(' ')\")"],
      "include_dirs": ["native", "<!(node -p \"require('node-addon-api').include_dir\")"],
      # The last: a worker thread may be terminated while it is in native code. Nothing can be thrown into it then, and
      # node-addon-api would end the whole process over that.
      "defines": [
        "NAPI_VERSION=8",
        "NODE_ADDON_API_DISABLE_DEPRECATED",
        "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS",
        "<!@(node native/build-facts.mjs)"
      ],
      "cflags_cc": ["-std=c++20", "-O2", "-Wall", "-Wextra", "-fvisibility=hidden", "-ffunction-sections", "-fexceptions"],
      "cflags_cc!": ["-fno-exceptions", "-std=gnu++17", "-std=gnu++20", "-fno-rtti"],
      "ldflags": [
        "-static-libstdc++",
        "-static-libgcc",
        "-Wl,-z,nodelete",
        "-Wl,--gc-sections",
        "-Wl,--version-script=<(module_root_dir)/native/exports.map"
      ]
    }
  ]
}
