/*
 * The transfers of a sweep as a C program would do them: I2C_RDWR, a register read in one call with a repeated start
 * (Linux Documentation/i2c/dev-interface.rst). The file named by the argument has one transfer a line, in hex: bus, address,
 * number of bytes written, the bytes, number of bytes read. Each line on standard input asks for one sweep; the answer is
 * its time in nanoseconds and the sum of all bytes read.
 */
#include <fcntl.h>
#include <linux/i2c-dev.h>
#include <linux/i2c.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>

enum { MAX_TRANSFERS = 1024, MAX_BYTES = 64, MAX_BUSES = 256 };

struct transfer {
  int file;
  struct i2c_msg messages[2];
  int message_count;
  uint8_t written[MAX_BYTES];
  uint8_t read[MAX_BYTES];
};

static struct transfer transfers[MAX_TRANSFERS];
static int files[MAX_BUSES]; /* descriptor + 1 */

static void die(const char *what) {
  perror(what);
  exit(1);
}

static int open_bus(unsigned bus) {
  char path[32];
  if (bus >= MAX_BUSES) exit(2);
  if (files[bus] == 0) {
    snprintf(path, sizeof path, "/dev/i2c-%u", bus);
    int file = open(path, O_RDWR);
    if (file < 0) die(path);
    files[bus] = file + 1;
  }
  return files[bus] - 1;
}

static void add_message(struct transfer *t, unsigned address, int flags, uint8_t *buffer, unsigned length) {
  if (length == 0) return;
  struct i2c_msg *message = &t->messages[t->message_count++];
  message->addr = address;
  message->flags = flags;
  message->buf = buffer;
  message->len = length;
}

static int read_list(const char *path) {
  FILE *list = fopen(path, "r");
  unsigned bus, address, writes, reads, byte;
  int count = 0;
  if (list == NULL) die(path);
  while (fscanf(list, "%x %x %x", &bus, &address, &writes) == 3) {
    struct transfer *t = &transfers[count];
    if (count++ == MAX_TRANSFERS || writes > MAX_BYTES) exit(2);
    t->file = open_bus(bus);
    for (unsigned i = 0; i < writes; i++) {
      if (fscanf(list, "%x", &byte) != 1) exit(2);
      t->written[i] = byte;
    }
    if (fscanf(list, "%x", &reads) != 1 || reads > MAX_BYTES) exit(2);
    add_message(t, address, 0, t->written, writes);
    add_message(t, address, I2C_M_RD, t->read, reads);
  }
  fclose(list);
  return count;
}

static unsigned long sweep(int count) {
  unsigned long sum = 0;
  for (int i = 0; i < count; i++) {
    struct transfer *t = &transfers[i];
    struct i2c_rdwr_ioctl_data job = {.msgs = t->messages, .nmsgs = t->message_count};
    if (ioctl(t->file, I2C_RDWR, &job) < 0) die("I2C_RDWR");
    for (int m = 0; m < t->message_count; m++)
      if (t->messages[m].flags & I2C_M_RD)
        for (int b = 0; b < t->messages[m].len; b++) sum += t->read[b];
  }
  return sum;
}

int main(int argc, char **argv) {
  char line[16];
  if (argc != 2) return 2;
  int count = read_list(argv[1]);
  while (fgets(line, sizeof line, stdin) != NULL) {
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    unsigned long sum = sweep(count);
    clock_gettime(CLOCK_MONOTONIC, &end);
    long long ns = (end.tv_sec - start.tv_sec) * 1000000000LL + (end.tv_nsec - start.tv_nsec);
    printf("%lld %lu\n", ns, sum);
    fflush(stdout);
  }
  return 0;
}
