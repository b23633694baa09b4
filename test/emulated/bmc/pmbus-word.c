/*
 * Reads a word command of a PMBus page, or writes it, beside whoever drives the device: the page that was selected is
 * selected again, so the other's next transfer finds what it left (the other is stopped meanwhile).
 * Arguments in hex: bus, address, page, command, and the word to write.
 */
#include <fcntl.h>
#include <linux/i2c-dev.h>
#include <linux/i2c.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>

static int file;
static unsigned address;

static void transfer(uint8_t *write, int write_length, uint8_t *read, int read_length) {
  struct i2c_msg messages[2] = {
      {.addr = address, .flags = 0, .buf = write, .len = write_length},
      {.addr = address, .flags = I2C_M_RD, .buf = read, .len = read_length},
  };
  struct i2c_rdwr_ioctl_data job = {.msgs = messages, .nmsgs = read_length > 0 ? 2 : 1};
  if (ioctl(file, I2C_RDWR, &job) < 0) {
    perror("I2C_RDWR");
    exit(1);
  }
}

static void select_page(uint8_t page) {
  uint8_t bytes[] = {0x00, page};
  transfer(bytes, sizeof bytes, NULL, 0);
}

int main(int argc, char **argv) {
  char path[32];
  uint8_t page_command = 0x00, page, word[2];
  if (argc < 5) return 2;
  snprintf(path, sizeof path, "/dev/i2c-%lu", strtoul(argv[1], NULL, 16));
  file = open(path, O_RDWR);
  if (file < 0) {
    perror(path);
    return 1;
  }
  address = strtoul(argv[2], NULL, 16);
  uint8_t command = strtoul(argv[4], NULL, 16);
  transfer(&page_command, 1, &page, 1);
  select_page(strtoul(argv[3], NULL, 16));
  if (argc > 5) {
    unsigned value = strtoul(argv[5], NULL, 16);
    uint8_t bytes[] = {command, value & 0xff, value >> 8};
    transfer(bytes, sizeof bytes, NULL, 0);
  }
  transfer(&command, 1, word, 2);
  select_page(page);
  printf("%u\n", word[0] | word[1] << 8);
  return 0;
}
