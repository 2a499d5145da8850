/* A driver library with cards that a test describes: the file "cards" beside the library has lines such as "devices=2" or
   "nvmlDeviceGetPowerUsage@1=3" (a return code, for one card or without @ for all). While a file "hang" is there, calls do not return.
   OLD_DRIVER leaves out what drivers of some years ago lack. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int Return;
typedef struct { int index; int slice; } *Device;
typedef struct { unsigned long long total, free, used; } Memory;
typedef struct { unsigned int version; unsigned long long total, reserved, free, used; } MemoryV2;
typedef struct { unsigned int gpu, memory; } Utilization;
typedef struct { unsigned int version, sensor; int celsius; } Temperature;
typedef struct { char legacy[16]; unsigned int domain, bus, device, id, subsystem; char busId[32]; } PciInfo;
typedef struct { unsigned int pid; unsigned long long used; unsigned int gi, ci; } Process;
typedef struct { unsigned int id, scope; long long time, latency; unsigned int type; Return ret; union { unsigned int ui; unsigned long long ull; } value; } Field;
typedef struct { Device device; unsigned long long type, data; unsigned int gi, ci; } Event;

_Static_assert(sizeof(Memory) == 24 && sizeof(MemoryV2) == 40 && sizeof(PciInfo) == 68 && sizeof(Process) == 24, "layout");
_Static_assert(sizeof(Field) == 40 && sizeof(Event) == 32 && sizeof(Utilization) == 8 && sizeof(Temperature) == 12, "layout");

enum { NOT_SUPPORTED = 3, NOT_FOUND = 6, INSUFFICIENT_SIZE = 7, TIMEOUT = 10, VERSION_MISMATCH = 25 };
static struct { int index; int slice; } cards[8], slices[8][2];
static int initialized, events_taken;

static void beside(char *path, const char *name) {
  Dl_info info;
  dladdr((void *)beside, &info);
  snprintf(path, 1024, "%s", info.dli_fname);
  strcpy(strrchr(path, '/') + 1, name);
}

/* The value of a line "name=value", or otherwise. */
static const char *text(const char *name, const char *otherwise) {
  static __thread char found[512];
  char path[1024], line[512];
  size_t length = strlen(name);
  beside(path, "cards");
  FILE *file = fopen(path, "r");
  const char *answer = otherwise;
  while (file && fgets(line, sizeof line, file)) {
    if (!strncmp(line, name, length) && line[length] == '=') {
      line[strcspn(line, "\n")] = 0;
      strcpy(found, line + length + 1);
      answer = found;
    }
  }
  if (file) fclose(file);
  return answer;
}

static long long number(const char *name, long long otherwise) {
  const char *found = text(name, 0);
  return found ? atoll(found) : otherwise;
}

static Return result(const char *function, Device device) {
  char path[1024], name[256];
  beside(path, "hang");
  if (!access(path, F_OK)) {
    char mark[1024];
    beside(mark, "hanging");
    fclose(fopen(mark, "w"));
    while (!access(path, F_OK)) usleep(2000);
  }
  if (!initialized && strncmp(function, "nvmlInit", 8)) return 1;
  Return all = number(function, 0);
  if (!device) return all;
  snprintf(name, sizeof name, "%s@%d", function, device->index);
  return number(name, all);
}

#define CHECK(device) do { Return code_ = result(__func__, device); if (code_) return code_; } while (0)
#define VALUE(Name, Type, value) Return Name(Device device, Type *out) { CHECK(device); *out = (value); return 0; }

static Return begin(const char *function) { Return code = result(function, 0); initialized = !code; return code; }
Return nvmlShutdown(void) { initialized = 0; return 0; }
const char *nvmlErrorString(Return code) { return code == 9 ? "Driver Not Loaded" : code == 15 ? "GPU is lost" : "Some Error"; }
Return nvmlSystemGetDriverVersion(char *out, unsigned int length) { CHECK(0); snprintf(out, length, "%s", text("driver", "590.48.01")); return 0; }
Return nvmlSystemGetCudaDriverVersion_v2(int *out) { CHECK(0); *out = 13010; return 0; }
Return nvmlDeviceGetCount_v2(unsigned int *out) { CHECK(0); *out = number("devices", 1); return 0; }
Return nvmlDeviceGetHandleByIndex_v2(unsigned int index, Device *out) { cards[index].index = index; cards[index].slice = -1; *out = (Device)&cards[index]; CHECK(*out); return 0; }
Return nvmlDeviceGetName(Device device, char *out, unsigned int length) {
  CHECK(device);
  snprintf(out, length, "NVIDIA H100 80GB HBM3%s", device->slice < 0 ? "" : device->slice ? " MIG 1g.10gb+me" : " MIG 3g.40gb");
  return 0;
}
Return nvmlDeviceGetUUID(Device device, char *out, unsigned int length) {
  CHECK(device);
  if (device->slice < 0) snprintf(out, length, "GPU-%d", device->index); else snprintf(out, length, "MIG-%d-%d", device->index, device->slice);
  return 0;
}
Return nvmlDeviceGetPciInfo_v3(Device device, PciInfo *out) { CHECK(device); snprintf(out->busId, 32, "00000000:%02X:00.0", 9 + device->index); return 0; }
Return nvmlDeviceGetMemoryInfo(Device device, Memory *out) { CHECK(device); *out = (Memory){ 85520809984, 64237862912, 21282947072 }; return 0; }
Return nvmlDeviceGetUtilizationRates(Device device, Utilization *out) { if (number("mig", 0)) return NOT_SUPPORTED; CHECK(device); *out = (Utilization){ 97, 11 }; return 0; }
Return nvmlDeviceGetEncoderUtilization(Device device, unsigned int *out, unsigned int *period) { CHECK(device); *out = 0; *period = 1000; return 0; }
Return nvmlDeviceGetDecoderUtilization(Device device, unsigned int *out, unsigned int *period) { CHECK(device); *out = 5; *period = 1000; return 0; }
Return nvmlDeviceGetTemperature(Device device, unsigned int sensor, unsigned int *out) { CHECK(device); if (sensor) return 2; *out = 59; return 0; }
VALUE(nvmlDeviceGetPowerUsage, unsigned int, 631950)
VALUE(nvmlDeviceGetEnforcedPowerLimit, unsigned int, 700000)
VALUE(nvmlDeviceGetTotalEnergyConsumption, unsigned long long, 128996000)
VALUE(nvmlDeviceGetFanSpeed, unsigned int, 27)
VALUE(nvmlDeviceGetPerformanceState, unsigned int, number("pstate", 0))
Return nvmlDeviceGetClockInfo(Device device, unsigned int clock, unsigned int *out) { CHECK(device); if (clock != 1 && clock != 2) return 2; *out = clock == 1 ? 1980 : 2619; return 0; }
Return nvmlDeviceGetTotalEccErrors(Device device, unsigned int type, unsigned int counter, unsigned long long *out) {
  CHECK(device);
  *out = counter ? 999 : type ? number("uncorrected", 0) : 3;
  return 0;
}

#ifdef OLD_DRIVER
Return nvmlInit_v2(void) { return begin(__func__); }
VALUE(nvmlDeviceGetCurrentClocksThrottleReasons, unsigned long long, 1)
Return nvmlDeviceGetComputeRunningProcesses_v2(Device device, unsigned int *count, Process *out) {
  CHECK(device);
  if (*count < 1) { *count = 1; return INSUFFICIENT_SIZE; }
  *count = 1; out[0] = (Process){ 11, ~0ull, ~0u, ~0u };
  return 0;
}
#else
Return nvmlInitWithFlags(unsigned int flags) { return flags ? 2 : begin(__func__); }
Return nvmlDeviceGetMemoryInfo_v2(Device device, MemoryV2 *out) {
  CHECK(device);
  if (out->version != (sizeof *out | 2 << 24)) return VERSION_MISMATCH;
  *out = (MemoryV2){ out->version, 85520809984, 502267904, 64237862912, device->slice < 0 ? 20780679168 : 1048576 };
  return 0;
}
Return nvmlDeviceGetTemperatureV(Device device, Temperature *out) {
  CHECK(device);
  if (out->version != (sizeof *out | 1 << 24)) return VERSION_MISMATCH;
  out->celsius = 60;
  return out->sensor;
}
VALUE(nvmlDeviceGetCurrentClocksEventReasons, unsigned long long, 4)
Return nvmlDeviceGetFieldValues(Device device, int count, Field *out) {
  CHECK(device);
  for (int i = 0; i < count; i++) {
    out[i].type = 1;
    out[i].ret = 0;
    if (out[i].id == 82) out[i].value.ui = 54;
    else if (out[i].id == 230) { if (number("recovery", 0) < 0) out[i].ret = NOT_SUPPORTED; else out[i].value.ui = number("recovery", 0); }
    else out[i].ret = NOT_SUPPORTED;
  }
  return 0;
}
Return nvmlDeviceGetMigMode(Device device, unsigned int *current, unsigned int *pending) { CHECK(device); *current = *pending = number("mig", 0); return 0; }
Return nvmlDeviceGetMaxMigDeviceCount(Device device, unsigned int *out) { CHECK(device); *out = 7; return 0; }
Return nvmlDeviceGetMigDeviceHandleByIndex(Device device, unsigned int index, Device *out) {
  CHECK(device);
  if (index != 0 && index != 3) return NOT_FOUND;
  int slice = index ? 1 : 0;
  slices[device->index][slice].index = device->index;
  slices[device->index][slice].slice = slice;
  *out = (Device)&slices[device->index][slice];
  return 0;
}
VALUE(nvmlDeviceGetGpuInstanceId, unsigned int, 2 + device->slice)
VALUE(nvmlDeviceGetComputeInstanceId, unsigned int, 0)
Return nvmlDeviceGetComputeRunningProcesses_v3(Device device, unsigned int *count, Process *out) {
  CHECK(device);
  unsigned int many = device->slice < 0 ? number("processes", 1) : 1;
  if (*count < many) { *count = many; return INSUFFICIENT_SIZE; }
  *count = many;
  for (unsigned int i = 0; i < many; i++) out[i] = (Process){ number("pid", 100) + i, 1048576ull << i % 4, device->slice < 0 ? ~0u : 2 + device->slice, ~0u };
  return 0;
}
Return nvmlSystemGetProcessName(unsigned int pid, char *out, unsigned int length) { CHECK(0); snprintf(out, length, "/usr/bin/python3 serve.py --api-key secret"); return 0; }
Return nvmlEventSetCreate(void **out) { CHECK(0); *out = cards; return 0; }
Return nvmlEventSetFree(void *set) { return set == cards ? 0 : 2; }
Return nvmlDeviceRegisterEvents(Device device, unsigned long long mask, void *set) { CHECK(device); return mask == 8 && set == cards ? 0 : 2; }
/* The line "xids" is the list of what has ever come: "79@0 48@1 48@1". Each is handed out once. */
Return nvmlEventSetWait_v2(void *set, Event *out, unsigned int milliseconds) {
  CHECK(0);
  char list[512];
  snprintf(list, sizeof list, "%s", text("xids", ""));
  int i = 0;
  for (char *word = strtok(list, " "); word; word = strtok(0, " "), i++) {
    if (i < events_taken) continue;
    events_taken++;
    *out = (Event){ (Device)&cards[atoi(strchr(word, '@') + 1)], 8, atoi(word), ~0u, ~0u };
    return set == cards && !milliseconds ? 0 : 2;
  }
  return TIMEOUT;
}
#endif
