// What TFTP costs in C with nothing but the packets: no timers, nothing sent again, one client at a time. bare-tftp PORT FOLDER
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static char *content, frame[65536], heard[65536];
static unsigned long size, block, window;

static int read_file(const char *folder, const char *name) {
  struct stat known;
  snprintf(frame, sizeof frame, "%s/%s", folder, name);
  int file = open(frame, O_RDONLY);
  if (file < 0 || fstat(file, &known) < 0) return -1;
  content = realloc(content, known.st_size + 1);
  size = read(file, content, known.st_size);
  return close(file);
}

/* Words of the request after name and mode; what is known of them goes into the answer. Its length. */
static int agree(const char *word, const char *end) {
  int length = 2;
  block = 512, window = 1, frame[0] = 0, frame[1] = 6;
  for (const char *value; word < end; word = value + strlen(value) + 1) {
    value = word + strlen(word) + 1;
    if (value >= end) break;
    unsigned long *wanted = !strcasecmp(word, "blksize") ? &block : !strcasecmp(word, "windowsize") ? &window : NULL;
    if (!wanted) continue;
    *wanted = strtoul(value, NULL, 10);
    length += sprintf(frame + length, "%s%c%lu", word, 0, *wanted) + 1;
  }
  return length;
}

static void serve(int to, int answer) {
  unsigned long acked = 0, last = size / block + 1;
  if (answer > 2 && (send(to, frame, answer, 0) < 0 || recv(to, heard, sizeof heard, 0) < 4 || heard[1] != 4)) return;
  while (acked < last) {
    for (unsigned long next = acked + 1; next <= acked + window && next <= last; next++) {
      unsigned long at = (next - 1) * block, length = size - at < block ? size - at : block;
      frame[0] = 0, frame[1] = 3, frame[2] = next >> 8, frame[3] = next;
      memcpy(frame + 4, content + at, length);
      send(to, frame, length + 4, 0);
    }
    if (recv(to, heard, sizeof heard, 0) < 4 || heard[1] != 4) return;
    unsigned short more = ((heard[2] & 255) << 8 | (heard[3] & 255)) - (unsigned short)acked;
    if (more <= window) acked += more;
  }
}

int main(int count, char **words) {
  if (count < 3) return 64;
  struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons(atoi(words[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int door = socket(AF_INET, SOCK_DGRAM, 0);
  if (bind(door, (void *)&own, sizeof own) < 0) return perror("bind"), 1;
  own.sin_port = 0;
  for (;;) {
    struct sockaddr_in client;
    socklen_t length = sizeof client;
    ssize_t bytes = recvfrom(door, heard, sizeof heard - 1, 0, (void *)&client, &length);
    if (bytes < 4 || heard[1] != 1) continue;
    heard[bytes] = 0;
    if (read_file(words[2], heard + 2) < 0) continue;
    const char *mode = heard + 2 + strlen(heard + 2) + 1;
    int answer = agree(mode + strlen(mode) + 1, heard + bytes), to = socket(AF_INET, SOCK_DGRAM, 0);
    struct timeval patience = {.tv_sec = 2};
    setsockopt(to, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    bind(to, (void *)&own, sizeof own);
    if (connect(to, (void *)&client, length) == 0) serve(to, answer);
    close(to);
  }
}
