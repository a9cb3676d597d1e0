#!/bin/sh
grep -q '^bonding ' /proc/modules && with='with bonding' || with='without bonding'
echo "hello from the variant, $with, on $(dmidecode --string system-product-name)"
